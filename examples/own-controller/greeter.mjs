console.log(process.env.GREETING);
setInterval(() => {}, 1000);
